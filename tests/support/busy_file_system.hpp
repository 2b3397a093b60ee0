#pragma once

#include <functional>
#include <limits>
#include <vector>

#include "fs/forwarding_file_system.hpp"

namespace xppkg::test {

/// The real disk, with Windows' rule for files that programs hold: such a file, by whichever of its
/// names, can be neither replaced nor removed, and keeps the folders above it. One that merely runs
/// can be renamed away; one that is open not even that. Nobody waits: pauses are added up.
class BusyFileSystem final : public fs::ForwardingFileSystem {
 public:
  static constexpr std::size_t kForEver = std::numeric_limits<std::size_t>::max();
  enum class How { running, open };

  BusyFileSystem() : ForwardingFileSystem(fs::native()) {}

  /// The next `tries` calls that need the file find it held.
  void hold(const fs::Path& path, How how, std::size_t tries = kForEver);
  /// All programs have ended.
  void let_go() { held_.clear(); }
  /// Called at each refusal, before it is thrown.
  void on_refusal(std::function<void()> call) { on_refusal_ = std::move(call); }

  [[nodiscard]] std::size_t refusals() const { return refusals_; }
  [[nodiscard]] std::chrono::milliseconds waited() const { return waited_; }

  void rename(const fs::Path& from, const fs::Path& to) override;
  bool rename_to_free(const fs::Path& from, const fs::Path& to) override {
    return FileSystem::rename_to_free(from, to);
  }
  bool exchange(const fs::Path& from, const fs::Path& to) override {
    return FileSystem::exchange(from, to);
  }
  void remove_file(const fs::Path& path) override;
  std::vector<fs::Holder> holders(const fs::Path& path) override;
  void pause(std::chrono::milliseconds time) override { waited_ += time; }

 private:
  struct Held {
    std::pair<std::uint64_t, std::uint64_t> file;  ///< device and number
    How how;
    std::size_t tries;
  };
  Held* find(const fs::Path& path);
  void refuse_if_held(const fs::Path& path, const char* operation, bool also_running);

  std::vector<Held> held_;
  std::function<void()> on_refusal_;
  std::size_t refusals_ = 0;
  std::chrono::milliseconds waited_{};
};

}  // namespace xppkg::test
