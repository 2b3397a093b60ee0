#include "new_output.hpp"

#include "fs/files.hpp"

namespace xppkg::patch {

NewOutput::NewOutput(fs::FileSystem& disk, fs::Path place, bool replace)
    : disk_(disk), place_(std::move(place)), unfinished_(place_), replace_(replace) {
  unfinished_ += ".xppkg-part";
  require_free();
  fs::remove_tree(disk_, unfinished_);
}

NewOutput::~NewOutput() {
  try {
    fs::remove_tree(disk_, unfinished_);
  } catch (const Error&) {
    // The next run for this place clears it away.
  }
}

void NewOutput::finish() {
  require_free();
  if (const auto found = disk_.stat(place_)) {
    // Users who may not read the file that is replaced may not read the new one either.
    const auto made = disk_.stat(unfinished_);
    const std::uint32_t mode = made->mode & (found->mode | ~07777U);
    if (mode != made->mode) disk_.set_mode(unfinished_, mode);
    disk_.rename(unfinished_, place_);
  } else if (!disk_.rename_to_free(unfinished_, place_)) {
    throw Error(Code::output_exists, {{"path", fs::to_utf8(place_)}});
  }
  disk_.sync_directory(place_.parent_path());
}

void NewOutput::require_free() const {
  const auto found = disk_.stat(place_);
  if (!found || (replace_ && found->kind == fs::Kind::file)) return;
  throw Error(Code::output_exists, {{"path", fs::to_utf8(place_)}});
}

}  // namespace xppkg::patch
