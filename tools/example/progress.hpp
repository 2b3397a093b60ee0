#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "dialog.hpp"
#include "xppkg/observer.hpp"

namespace example {

/// Shows what a long call does: a line a stage, and every tenth of a download or upload.
class ShownProgress : public xppkg::Observer {
 public:
  ShownProgress() = default;
  /// The call ends early when this becomes true.
  explicit ShownProgress(const std::atomic<bool>& stops) : stops_(&stops) {}

  void progress(const xppkg::Progress& now) override {
    const std::uint64_t tenths = now.total == 0 ? 0 : now.done * 10 / now.total;
    if (now.stage == stage_ && tenths == tenths_) return;
    stage_ = now.stage;
    tenths_ = tenths;
    show(name(now.stage) + (now.total == 0 ? "" : " " + std::to_string(tenths * 10) + " %"));
  }
  void notice(const xppkg::Notice& notice) override {
    show(notice.id + ": " + notice.path + " " + notice.detail);
  }
  bool cancelled() override { return stops_ != nullptr && *stops_; }

 private:
  static std::string name(xppkg::Stage stage) {
    switch (stage) {
      case xppkg::Stage::check:
        return "Checking";
      case xppkg::Stage::download:
        return "Downloading";
      case xppkg::Stage::upload:
        return "Sending to the site's database";
      case xppkg::Stage::commit:
        return "Installing";
      default:
        return "Preparing";
    }
  }

  const std::atomic<bool>* stops_ = nullptr;
  std::optional<xppkg::Stage> stage_;
  std::uint64_t tenths_ = 0;
};

}  // namespace example
