// Home: what needs a person now, each part read by itself.
import { Page } from "../../components/Page";
import { WaitingSecrets } from "../workflows/WaitingSecrets";
import { DueTasks } from "./DueTasks";
import { Failures } from "./Failures";
import { FirstSteps } from "./FirstSteps";
import { MessageCounts } from "./MessageCounts";
import { PlannedReminders } from "./PlannedReminders";
import { SuppressedGuests } from "./SuppressedGuests";
import "./home.css";

export default function HomePage() {
  return (
    <Page trail={["Dashboard"]} title="Home" about="What needs you now, and what goes out next.">
      <WaitingSecrets />
      <FirstSteps />
      <div className="home">
        <Failures />
        <DueTasks />
        <SuppressedGuests />
        <PlannedReminders />
        <MessageCounts />
      </div>
    </Page>
  );
}
