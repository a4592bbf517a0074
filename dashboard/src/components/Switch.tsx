// A switch: on or off, at once.
import type { ReactNode } from "react";
import { Switch as AriaSwitch } from "react-aria-components";

interface SwitchProps {
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  isDisabled?: boolean;
  /** Names it where no words stand beside it. */
  label?: string;
  children?: ReactNode;
}

export function Switch({ isOn, onChange, isDisabled, label, children }: SwitchProps) {
  return (
    <AriaSwitch
      className="switch"
      isSelected={isOn}
      onChange={onChange}
      isDisabled={isDisabled ?? false}
      {...(label ? { "aria-label": label } : {})}
    >
      <span className="switch__track" aria-hidden />
      {children}
    </AriaSwitch>
  );
}
