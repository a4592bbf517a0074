// A page of the dashboard: where it is, what it is called, what it is for.
import type { ReactNode } from "react";

interface PageProps {
  /** What stands before the title in the breadcrumb. */
  trail: readonly ReactNode[];
  title: string;
  about: string;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ trail, title, about, actions, children }: PageProps) {
  return (
    <div className="page">
      <div className="page__head">
        <div className="page__head-text">
          <nav aria-label="Breadcrumb">
            <ol className="crumbs">
              {trail.map((each, index) => (
                <li key={index}>{each}</li>
              ))}
              <li aria-current="page">{title}</li>
            </ol>
          </nav>
          <h1>{title}</h1>
          <p className="muted">{about}</p>
        </div>
        {actions && <div className="page__actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
