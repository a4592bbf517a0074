// The frame of every page: where one can go, who one is, and whether the API can be reached.
import { CalendarDays, House, ListChecks, LogOut, Mail, Monitor, Moon, Plus, ScrollText, Settings, Star, Sun, Workflow } from "lucide-react";
import { useEffect, useRef, useSyncExternalStore, type ReactNode } from "react";
import { Button as AriaButton } from "react-aria-components";
import { Link, useLocation } from "wouter";
import icon from "../icon.svg";
import { useCurrentLocation } from "../currentLocation";
import { applyTheme } from "../theme";
import { Menu } from "./Menu";
import { Select } from "./Select";

export function Shell({ children }: { children: ReactNode }) {
  const isOnline = useSyncExternalStore(watchConnection, () => navigator.onLine);
  return (
    <div className="shell">
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("main")?.focus();
        }}
      >
        Skip to the content
      </a>
      <Sidebar />
      <div>
        {!isOnline && (
          <div className="banner" role="status">
            You are offline. What you see may be out of date; nothing can be saved.
          </div>
        )}
        <main id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
    </div>
  );
}

function Sidebar() {
  const { path, may, locationId, role, identity, signOut, locations, mayAddLocations } = useCurrentLocation();
  const [, navigate] = useLocation();
  const initials = identity.name
    .split(/\s+/)
    .map((part) => part.charAt(0))
    .slice(0, 2)
    .join("")
    .toUpperCase();
  return (
    <header className="sidebar">
      <Link href={path("/home")} className="brand">
        <img src={icon} alt="" />
        Bookflow
      </Link>
      {locations.length > 1 && (
        <Select
          aria-label="Location"
          options={locations.map(({ id, name }) => [id, name] as const)}
          value={locationId}
          onChange={(chosen) => navigate(`/${encodeURIComponent(chosen)}/home`)}
        />
      )}
      <nav className="nav" aria-label="Dashboard">
        <NavLink to="/home" icon={<House size={17} aria-hidden />}>
          Home
        </NavLink>
        <p className="nav__title">Marketing</p>
        <NavLink to="/workflows" icon={<Workflow size={17} aria-hidden />}>
          Workflows
        </NavLink>
        <NavLink to="/templates" icon={<Mail size={17} aria-hidden />}>
          Templates
        </NavLink>
        <NavLink to="/surveys" icon={<Star size={17} aria-hidden />}>
          Surveys
        </NavLink>
        <p className="nav__title">Every day</p>
        <NavLink to="/bookings" icon={<CalendarDays size={17} aria-hidden />}>
          Bookings
        </NavLink>
        <NavLink to="/tasks" icon={<ListChecks size={17} aria-hidden />}>
          Tasks
        </NavLink>
        <p className="nav__title">Location</p>
        <NavLink to="/settings" icon={<Settings size={17} aria-hidden />}>
          Settings
        </NavLink>
        {may("admin") && (
          <NavLink to="/audit" icon={<ScrollText size={17} aria-hidden />}>
            Audit log
          </NavLink>
        )}
        {mayAddLocations && (
          <NavLink to="/locations/new" icon={<Plus size={17} aria-hidden />}>
            Add a location
          </NavLink>
        )}
      </nav>
      <div className="sidebar__foot">
        <Menu
          label="Account"
          placement="top start"
          entries={[
            { id: "system", label: "System theme", icon: <Monitor size={16} />, onAction: () => applyTheme("system") },
            { id: "light", label: "Light theme", icon: <Sun size={16} />, onAction: () => applyTheme("light") },
            { id: "dark", label: "Dark theme", icon: <Moon size={16} />, onAction: () => applyTheme("dark") },
            "line",
            { id: "out", label: "Sign out", icon: <LogOut size={16} />, onAction: signOut },
          ]}
        >
          <AriaButton className="pick">
            <span className="account__sign" aria-hidden>
              {initials}
            </span>
            <span className="account__text">
              <strong>{identity.name}</strong>
              <span className="muted small">
                {locationId} · {role}
              </span>
            </span>
          </AriaButton>
        </Menu>
      </div>
    </header>
  );
}

function NavLink({ to, icon, children }: { to: string; icon: ReactNode; children: ReactNode }) {
  const { path } = useCurrentLocation();
  const [address] = useLocation();
  const link = useRef<HTMLAnchorElement>(null);
  const isCurrent = address.startsWith(path(to));
  useEffect(() => {
    // On a phone the links are a strip that scrolls sideways.
    if (isCurrent) link.current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [isCurrent]);
  return (
    <Link ref={link} href={path(to)} aria-current={isCurrent ? "page" : undefined}>
      {icon}
      {children}
    </Link>
  );
}

function watchConnection(onChange: () => void): () => void {
  addEventListener("online", onChange);
  addEventListener("offline", onChange);
  return () => {
    removeEventListener("online", onChange);
    removeEventListener("offline", onChange);
  };
}
