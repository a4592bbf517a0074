// A small picture of a workflow, to look at only.
import { useCatalogue } from "../../api/reads";
import { pictureOf } from "../../components/StepSign";
import { iconOf } from "../../core/catalogue";
import { TRIGGER, type Graph } from "../../core/graph";
import { SIGN, sketchOf } from "../../core/sketch";

const ICON = 15;

export function GraphSketch({ graph }: { graph: Graph }) {
  const catalogue = useCatalogue().data;
  const { width, height, signs, edges } = sketchOf(graph);
  const words = signs.map(({ node }) => node.name || node.type).join(", ");
  return (
    <svg className="sketch" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={`Steps: ${words}`}>
      {edges.map(({ id, path, isError }) => (
        <path key={id} d={path} className={isError ? "sketch__edge sketch__edge--error" : "sketch__edge"} />
      ))}
      {signs.map(({ node, x, y }) => {
        const { Icon, tone } = pictureOf(iconOf(catalogue, node), node.type === TRIGGER);
        const inset = (SIGN - ICON) / 2;
        return (
          <g key={node.id} className={`sketch__sign sketch__sign--${tone}`}>
            <rect x={x} y={y} width={SIGN} height={SIGN} rx={8} />
            <Icon x={x + inset} y={y + inset} size={ICON} aria-hidden />
          </g>
        );
      })}
    </svg>
  );
}
