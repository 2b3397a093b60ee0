#pragma once

#include "base/stream.hpp"

namespace xppkg::fs {

/// A reader over a descriptor of the system.
class OpenFile : public RandomReader {
 public:
  [[nodiscard]] virtual int descriptor() const = 0;
};

}  // namespace xppkg::fs
