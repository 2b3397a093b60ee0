#pragma once

#include <optional>

#include "model/moved_columns.hpp"

namespace xppkg::delta {

/// The rows and columns of numbers that moved, each by its own step, where both views, which have
/// the same size, are mostly a table of such; it begins in its first row. Empty if few bytes
/// differ, or most of them as no such column does.
std::optional<NumberTable> find_table(ByteView old_bytes, ByteView new_bytes);

/// How many bytes are not as the table foresees them.
std::size_t wrong_bytes(const NumberTable& table, ByteView old_bytes, ByteView new_bytes);

}  // namespace xppkg::delta
