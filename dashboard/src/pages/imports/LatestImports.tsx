// The imports of the last 90 days.
import { Link } from "wouter";
import { messageOf } from "../../api/problem";
import { count } from "../../components/format";
import { Notice } from "../../components/Notice";
import { Cell, Row, Rows, Table } from "../../components/Table";
import { Time } from "../../components/Time";
import { words } from "../../core/words";
import { useApi, useCurrentLocation } from "../../currentLocation";

export function LatestImports() {
  const { path } = useCurrentLocation();
  const imports = useApi().useQuery("get", "/imports", {}, { staleTime: 0 });
  if (imports.error) return <Notice tone="bad">{messageOf(imports.error)}</Notice>;
  if (!imports.data?.items.length) return null;
  return (
    <section aria-label="Earlier imports">
      <h2 className="import__title">Earlier imports</h2>
      <div className="card">
        <Table columns={["Begun", "State", "Bookings", "Left out"]}>
          <Rows>
            {imports.data.items.map((each) => (
              <Row key={each.id}>
                <Cell>
                  <Link href={path(`/import/${each.id}`)} className="table__title">
                    <Time at={each.created_at} />
                  </Link>
                </Cell>
                <Cell of="State">{each.state === "uploading" ? "Not started" : words(each.state)}</Cell>
                <Cell of="Bookings">
                  {each.done.toLocaleString()} of {each.ready.toLocaleString()}
                </Cell>
                <Cell of="Left out">{count(each.invalid, "row")}</Cell>
              </Row>
            ))}
          </Rows>
        </Table>
      </div>
    </section>
  );
}
