// Buttons: with words, or with an icon whose name a tooltip shows.
import type { ReactNode } from "react";
import {
  Button as AriaButton,
  Tooltip,
  TooltipTrigger,
  type ButtonProps as AriaButtonProps,
} from "react-aria-components";

type Look = "primary" | "danger" | "quiet" | "plain";

interface ButtonProps extends Omit<AriaButtonProps, "className" | "children" | "isPending"> {
  look?: Look;
  size?: "small" | "normal";
  icon?: ReactNode;
  /** Whether its action is in progress; it keeps the focus and does nothing until that ends. */
  isPending?: boolean;
  children: ReactNode;
}

export function Button(props: ButtonProps) {
  const { look = "plain", size = "normal", icon, isPending = false, type, onPress, children, ...rest } = props;
  // The library's own `isPending` announces it through a label that may be removed before it is read out.
  const doing = isPending ? { "aria-disabled": true } : { ...(type && { type }), ...(onPress && { onPress }) };
  return (
    <AriaButton {...rest} {...doing} className={`button button--${look} button--${size}`}>
      {isPending ? <span className="button__busy" aria-hidden /> : icon}
      {children}
    </AriaButton>
  );
}

interface IconButtonProps extends Omit<AriaButtonProps, "className" | "children"> {
  /** What it does, in words. */
  label: string;
  /** Keys that do the same, for the tooltip. */
  keys?: string;
  icon: ReactNode;
  look?: Look;
  size?: "small" | "normal";
}

export function IconButton({ label, keys, icon, look = "quiet", size = "normal", ...rest }: IconButtonProps) {
  return (
    <TooltipTrigger delay={400}>
      <AriaButton
        {...rest}
        aria-label={label}
        className={`button button--icon button--${look} button--${size}`}
      >
        {icon}
      </AriaButton>
      <Tooltip offset={6} className="tooltip">
        {label}
        {keys && <> · {keys}</>}
      </Tooltip>
    </TooltipTrigger>
  );
}
