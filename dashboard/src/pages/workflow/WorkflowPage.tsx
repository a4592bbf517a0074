// x
export default function WorkflowPage(_: { id: string; tab: string; part: string | null }) { return null; }
