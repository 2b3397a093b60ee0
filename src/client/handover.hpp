#pragma once

#include "update_pipeline.hpp"

namespace xppkg::client {

/// A folder with the files of an update, laid out like a vendor's repository, for the privileged
/// process, which does not open the site's database itself and verifies each of these files.
class Handover {
 public:
  /// `folder` is made, for everybody to read; the caller removes it.
  Handover(fs::FileSystem& disk, fs::Path folder);

  /// Keeps each file that is read from now on.
  void watch(std::vector<std::unique_ptr<source::Source>>& sources);
  /// Also fetches the payloads of the plan.
  void add_payloads(const PreparedPlan& prepared,
                    std::vector<std::unique_ptr<source::Source>>& sources, Observer& observer);
  [[nodiscard]] const fs::Path& folder() const { return folder_; }

 private:
  fs::FileSystem& disk_;
  fs::Path folder_;
};

}  // namespace xppkg::client
