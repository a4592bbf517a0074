"""From a graph to a machine in the Amazon States Language.

`compile_graph` makes the machine; `node_entries` is what a version keeps to start it with, and
`machine_name` what it is called.
"""

from bookflow.domain.compiler.compile import compile_graph
from bookflow.domain.compiler.compiled import COMPILER_VERSION, MAX_DEFINITION_BYTES, CompiledGraph
from bookflow.domain.compiler.contract import (
    DEFAULT_TIMEOUT_SECONDS,
    MAX_INPUT_BYTES,
    compiler_version_of,
    machine_name,
    node_entries,
)
from bookflow.domain.compiler.layout import MAX_PARALLEL_DEPTH
from bookflow.domain.compiler.states import (
    EXECUTION_TIMEOUT_SECONDS,
    FLOW_FUNCTION,
    PAYLOAD_SCHEMA_VERSION,
    STEP_FAILED_ERROR,
    TRANSIENT_ERRORS,
)
from bookflow.domain.compiler.structure import GraphNotCompilableError

__all__ = [
    "COMPILER_VERSION",
    "DEFAULT_TIMEOUT_SECONDS",
    "EXECUTION_TIMEOUT_SECONDS",
    "FLOW_FUNCTION",
    "MAX_DEFINITION_BYTES",
    "MAX_INPUT_BYTES",
    "MAX_PARALLEL_DEPTH",
    "PAYLOAD_SCHEMA_VERSION",
    "STEP_FAILED_ERROR",
    "TRANSIENT_ERRORS",
    "CompiledGraph",
    "GraphNotCompilableError",
    "compile_graph",
    "compiler_version_of",
    "machine_name",
    "node_entries",
]
