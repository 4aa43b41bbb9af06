"""The planner's rules, set-wise: `decide` turns a command into operations, `check` tests operations that came from elsewhere.

The desktop runs them before it saves, the server runs the same ones again. Rules guard what people ask for; rows that a platform
delivers are never refused.
"""

from planner_core.rules.checking import check
from planner_core.rules.deciding import decide

__all__ = ["check", "decide"]
