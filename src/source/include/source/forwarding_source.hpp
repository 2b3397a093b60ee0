#pragma once

#include "source/source.hpp"

namespace xppkg::source {

/// A source that asks another one.
class ForwardingSource : public Source {
 public:
  [[nodiscard]] const std::string& address() const override { return to().address(); }
  std::optional<Bytes> read(const std::string& path, std::uint64_t limit,
                            Observer& observer) override {
    return to().read(path, limit, observer);
  }
  void read_range(const std::string& path, const ByteRange& range, std::uint64_t size, Sink& out,
                  Observer& observer) override {
    to().read_range(path, range, size, out, observer);
  }
  bool set_whole_files(bool whole) override { return to().set_whole_files(whole); }
  [[nodiscard]] bool is_given_up() const override { return to().is_given_up(); }
  [[nodiscard]] int refusal() const override { return to().refusal(); }

 protected:
  [[nodiscard]] virtual Source& to() const = 0;
};

}  // namespace xppkg::source
