// Starts the dashboard: settings, sign-in, then the pages.
import "@fontsource-variable/inter/wght.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/components.css";
import "./styles/shell.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { finishedSignIn, forgetSignIn, startSignIn, wasSignedIn, type Session } from "./auth/oidc";
import { messageOf } from "./api/problem";
import { showFolder } from "./folder";
import { Welcome } from "./pages/welcome/Welcome";
import { readSettings, type Settings } from "./settings";
import { applyTheme } from "./theme";

showFolder(location, history);
applyTheme();
const root = createRoot(document.getElementById("root") as HTMLElement);
void start();

async function start(): Promise<void> {
  let settings: Settings;
  try {
    settings = await readSettings();
  } catch (error) {
    root.render(<Welcome problem={messageOf(error)} onSignIn={() => location.reload()} />);
    return;
  }
  const signIn = () => startSignIn(settings);
  try {
    const session = await finishedSignIn(settings);
    if (session) show(session, settings);
    else if (wasSignedIn()) await signIn();
    else root.render(<Welcome onSignIn={signIn} />);
  } catch (error) {
    forgetSignIn();
    root.render(<Welcome problem={messageOf(error)} onSignIn={signIn} />);
  }
}

function show(session: Session, settings: Settings): void {
  root.render(
    <StrictMode>
      <App session={session} settings={settings} onSignIn={() => startSignIn(settings)} />
    </StrictMode>,
  );
}
