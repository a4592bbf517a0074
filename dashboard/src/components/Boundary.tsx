// Catches what a page or a part of it cannot cope with, so that what is around it stays.
import { CircleAlert, CloudOff } from "lucide-react";
import { Component, type ReactNode } from "react";
import { Button } from "./Button";
import { Empty } from "./States";

interface BoundaryProps {
  /** Another address, or another thing that is shown, is another try. */
  address: string;
  children: ReactNode;
}

interface BoundaryState {
  error: unknown;
  hasFailed: boolean;
}

export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { error: null, hasFailed: false };

  static getDerivedStateFromError(error: unknown) {
    return { error, hasFailed: true };
  }

  override componentDidUpdate(before: BoundaryProps) {
    if (this.state.hasFailed && before.address !== this.props.address) this.setState({ error: null, hasFailed: false });
  }

  override render() {
    const { error, hasFailed } = this.state;
    if (!hasFailed) return this.props.children;
    const again = <Button onPress={() => location.reload()}>Load again</Button>;
    if (isNotLoaded(error)) {
      return (
        <Empty icon={<CloudOff size={24} />} title="This page did not load" actions={again}>
          A part of the dashboard could not be fetched: the connection may be down, or Bookflow was updated. Saved
          changes are not lost.
        </Empty>
      );
    }
    return (
      <Empty icon={<CircleAlert size={24} />} title="This cannot be shown" actions={again}>
        The dashboard has an error with what is stored here. Saved changes are not lost, and other pages work. Tell your
        support: {error instanceof Error ? error.message : "unknown error"}.
      </Empty>
    );
  }
}

/** Whether a part of the dashboard itself did not arrive, in the words of Chromium, Firefox and Safari. */
function isNotLoaded(error: unknown): boolean {
  return (
    error instanceof Error &&
    /dynamically imported module|importing a module script failed|preload css/i.test(error.message)
  );
}
