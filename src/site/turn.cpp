#include "turn.hpp"

namespace xppkg::site {

// A change, not only a lock: a cluster of servers sees which of two transactions came second.
void take_turn(Connection& connection) {
  connection.run({"UPDATE xppkg_lock SET taken = taken + 1 WHERE id = 1"});
  if (connection.run({"SELECT '1' FROM xppkg_lock WHERE id = 1", {}, 1}).empty()) {
    refuse_tables("the row of xppkg_lock is missing");
  }
}

}  // namespace xppkg::site
