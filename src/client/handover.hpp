#pragma once

#include "update_pipeline.hpp"

namespace xppkg::client {

/// A folder with what an update needs, laid out like a vendor's repository, for a run with more
/// rights: it does not open the site's database itself. It believes nothing of it unverified.
class Handover {
 public:
  /// `folder` is made, for everybody to read; the caller removes it.
  Handover(fs::FileSystem& disk, fs::Path folder);

  /// Everything that is read from now on is kept.
  void watch(std::vector<std::unique_ptr<source::Source>>& sources);
  /// Fetches the payloads of a way, too.
  void add_payloads(const PreparedPlan& prepared,
                    std::vector<std::unique_ptr<source::Source>>& sources, Observer& observer);
  [[nodiscard]] const fs::Path& folder() const { return folder_; }

 private:
  fs::FileSystem& disk_;
  fs::Path folder_;
};

}  // namespace xppkg::client
