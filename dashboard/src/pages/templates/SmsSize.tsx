// How long an SMS comes out, and what makes it cost more.
import { count } from "../../components/format";
import type { Schema } from "../../api/client";

interface SmsSizeProps {
  sms: string;
  size: Schema<"SmsSize">;
}

export function SmsSize({ sms, size: { segments, outside } }: SmsSizeProps) {
  const length = [...sms].length;
  return (
    <p className={segments > 1 ? "field__problem field__problem--warning" : "field__help"} role="status">
      {count(length, "character")}, sent and billed as {count(segments, "part")}
      {segments > 1 && outside.length > 0 && (
        <>
          {" "}
          – {outside.slice(0, 6).map((each) => `“${each}”`).join(", ")} {outside.length === 1 ? "is" : "are"} outside the
          SMS alphabet, so that a part has 70 characters instead of 160
        </>
      )}
      {segments > 1 && outside.length === 0 && " – more than 160 characters need another part"}.
    </p>
  );
}
