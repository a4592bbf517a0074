// Catches what a page cannot cope with, so that the frame around it stays.
import { CloudOff } from "lucide-react";
import { Component, type ReactNode } from "react";
import { Button } from "./Button";
import { Empty } from "./States";

interface BoundaryProps {
  /** Another address is another try. */
  address: string;
  children: ReactNode;
}

export class Boundary extends Component<BoundaryProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override componentDidUpdate(before: BoundaryProps) {
    if (this.state.hasFailed && before.address !== this.props.address) this.setState({ hasFailed: false });
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    // Most often a part of the dashboard did not load: no connection, or a newer version is there.
    return (
      <Empty
        icon={<CloudOff size={24} />}
        title="This page did not open"
        actions={<Button onPress={() => location.reload()}>Load again</Button>}
      >
        The connection may be down, or Bookflow was updated. Saved changes are not lost.
      </Empty>
    );
  }
}
