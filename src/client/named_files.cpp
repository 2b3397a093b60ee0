#include "named_files.hpp"

#include "fs/authorship.hpp"
#include "site/site.hpp"
#include "xppkg/error.hpp"

namespace xppkg::client {
namespace {

void check(const install::Layout& layout, const fs::Path& named) {
  if (fs::author_could_read(layout.config(), named)) return;
  throw Error(Code::rights_unsafe_folder,
              {{"path", fs::to_utf8(named)},
               {"reason", "config.json names it, and who may have written that cannot read it"}});
}

}  // namespace

void check_named_files(const install::Layout& layout, const Config& config) {
  if (!fs::has_foreign_author(layout.config())) return;
  if (!config.ca_file.empty()) check(layout, fs::from_utf8(config.ca_file));
  if (config.database.empty()) return;
  for (const fs::Path& file : site::named_files(config.database)) check(layout, file);
}

AuthorsDisk::AuthorsDisk(fs::FileSystem& disk, const install::Layout& layout)
    : ForwardingFileSystem(disk),
      layout_(layout),
      is_foreign_(fs::has_foreign_author(layout.config())) {}

std::unique_ptr<RandomReader> AuthorsDisk::open_read(const fs::Path& path) {
  if (is_foreign_) check(layout_, path);
  return disk_.open_read(path);
}

}  // namespace xppkg::client
