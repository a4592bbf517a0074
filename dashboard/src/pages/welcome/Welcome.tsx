// The page before the sign-in.
import { useState } from "react";
import icon from "../../icon.svg";
import { messageOf } from "../../api/problem";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Notice";

interface WelcomeProps {
  problem?: string;
  onSignIn: () => Promise<void> | void;
}

export function Welcome({ problem, onSignIn }: WelcomeProps) {
  const [failure, setFailure] = useState(problem);
  const [isBusy, setBusy] = useState(false);
  const signIn = async () => {
    setBusy(true);
    try {
      await onSignIn();
    } catch (error) {
      setFailure(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <main className="welcome">
      <div className="card welcome__card">
        <img src={icon} alt="" />
        <div>
          <h1>Bookflow</h1>
          <p className="muted">The right message at the right moment, for every booking.</p>
        </div>
        {failure && <Notice tone="bad">{failure}</Notice>}
        <Button look="primary" isPending={isBusy} onPress={() => void signIn()}>
          Sign in
        </Button>
      </div>
    </main>
  );
}
