"""From a drawn graph to an Amazon States Language machine.

The interface:

    compile_graph(graph, *, function_arn_prefix, decided_at_start=()) -> CompiledGraph
        CompiledGraph: .definition_json (str), .definition (the same as values), .digest, .slots {slot: node id},
        .cases {slot: {case id: canonical name}}, .after_delay, .decided
    node_entries(compiled, graph, *, default_timeout=60) -> dict
    execution_input(entries, execution, decisions) -> dict
    machine_name(prefix, compiled, role_arn, log_group_arn) -> str
    parse_failure_cause(cause) -> (slot, text) | None
"""

from bookflow.domain.compiler.compile import (
    COMPILER_VERSION,
    MAX_DEFINITION_BYTES,
    MAX_PARALLEL_DEPTH,
    CompiledGraph,
    compile_graph,
)
from bookflow.domain.compiler.contract import (
    DEFAULT_TIMEOUT_SECONDS,
    INPUT_SCHEMA_VERSION,
    MAX_INPUT_BYTES,
    case_handle,
    execution_input,
    machine_name,
    node_entries,
    parse_failure_cause,
)
from bookflow.domain.compiler.states import (
    EXECUTION_TIMEOUT_SECONDS,
    FLOW_FUNCTION,
    PAYLOAD_SCHEMA_VERSION,
    RETRY_AFTER_SECONDS,
    STEP_FAILED_ERROR,
    TRANSIENT_ERRORS,
)
from bookflow.domain.compiler.structure import NO_HANDLE, GraphNotCompilableError

__all__ = [
    "COMPILER_VERSION",
    "DEFAULT_TIMEOUT_SECONDS",
    "EXECUTION_TIMEOUT_SECONDS",
    "FLOW_FUNCTION",
    "INPUT_SCHEMA_VERSION",
    "MAX_DEFINITION_BYTES",
    "MAX_INPUT_BYTES",
    "MAX_PARALLEL_DEPTH",
    "NO_HANDLE",
    "PAYLOAD_SCHEMA_VERSION",
    "RETRY_AFTER_SECONDS",
    "STEP_FAILED_ERROR",
    "TRANSIENT_ERRORS",
    "CompiledGraph",
    "GraphNotCompilableError",
    "case_handle",
    "compile_graph",
    "execution_input",
    "machine_name",
    "node_entries",
    "parse_failure_cause",
]
