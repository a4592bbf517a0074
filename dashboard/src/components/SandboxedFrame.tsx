// An e-mail or a page that is only looked at: nothing in it runs, leaves, or asks.
import type { CSSProperties } from "react";

interface SandboxedFrameProps {
  title: string;
  html: string;
  className?: string;
  style?: CSSProperties;
}

export function SandboxedFrame({ title, html, ...rest }: SandboxedFrameProps) {
  // Another document, another frame: a sandboxed one that gets a second document while it opens its
  // first stays white in Chromium.
  return <iframe key={html} title={title} sandbox="" srcDoc={html} {...rest} />;
}
