"""From a graph to a machine in the Amazon States Language.

`compile_graph` makes the machine; `node_entries` is what a version keeps to start it with, and
`machine_name` what it is called. To read the compiler, follow one graph through it:

1. `compile.py` names the steps. `reading.py` checks the graph and orders its nodes.
2. `flow_graph.py` numbers them by their dominator tree, in which the regions are found.
3. `layout.py` walks that tree and decides what is a series, a choice, a Parallel or a mesh;
   `regions.py` groups nodes for it, `targets.py` holds its terms.
4. `writer.py` makes the states, which `states.py` and `retriers.py` hold as dictionaries. `tokens.py`
   knows what has to be reported to joins where a graph does not nest.
5. `compiled.py` and `contract.py`: the result, the input it is started with, and its name.
"""

from bookflow.domain.compiler.compile import compile_graph
from bookflow.domain.compiler.compiled import (
    COMPILER_VERSION,
    MAX_DEFINITION_BYTES,
    CompiledGraph,
)
from bookflow.domain.compiler.contract import (
    DEFAULT_TIMEOUT_SECONDS,
    MAX_INPUT_BYTES,
    compiler_version_of,
    machine_name,
    node_entries,
)
from bookflow.domain.compiler.errors import GraphNotCompilableError
from bookflow.domain.compiler.layout import MAX_PARALLEL_DEPTH
from bookflow.domain.compiler.retriers import TRANSIENT_ERRORS
from bookflow.domain.compiler.states import (
    EXECUTION_TIMEOUT_SECONDS,
    FLOW_FUNCTION,
    PAYLOAD_SCHEMA_VERSION,
    STEP_FAILED_ERROR,
)
