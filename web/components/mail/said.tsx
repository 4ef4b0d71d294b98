import { Copy } from "@/components/ui/copy";
import type { EmailEvent } from "@/lib/queries/emails";

/** What a receiver answered, word for word. */
export function Said({ reply, className = "" }: { reply: NonNullable<EmailEvent["reply"]>; className?: string }) {
  const words = [reply.code, reply.status, reply.text].filter((part) => part !== null && part !== "").join(" ");
  return (
    <div className={`flex items-start gap-2 rounded-control border-l-2 border-edge bg-code py-2 pl-3 pr-1 ${className}`}>
      <samp className="min-w-0 flex-1 whitespace-pre-wrap font-mono text-control [overflow-wrap:anywhere]">{words}</samp>
      <Copy text={words} what="the reply" className="-my-0.5" />
    </div>
  );
}
