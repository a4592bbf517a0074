// An e-mail or a page as a screen of some width shows it, made to fit the room that there is.
import { useEffect, useRef, useState } from "react";
import { framed } from "../core/templates";
import { SandboxedFrame } from "./SandboxedFrame";
import "./mailFrame.css";

interface MailFrameProps {
  title: string;
  html: string;
  /** Width of the screen in pixels. */
  width: number;
  isDark?: boolean;
}

export function MailFrame({ title, html, width, isDark = false }: MailFrameProps) {
  const room = useRef<HTMLSpanElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (!room.current) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(room.current);
    return () => observer.disconnect();
  }, []);
  const scale = Math.min(1, size.width / width);
  return (
    <span className="mail-frame" ref={room}>
      {size.width > 0 && (
        <SandboxedFrame
          title={title}
          html={framed(html)}
          style={{
            colorScheme: isDark ? "dark" : "light",
            width: Math.max(width, size.width),
            height: size.height / scale,
            scale: String(scale),
          }}
        />
      )}
    </span>
  );
}
