#include "named_files.hpp"

#include "site/site.hpp"
#include "xppkg/error.hpp"

namespace xppkg::client {
namespace {

[[noreturn]] void refuse(const fs::Path& named) {
  throw Error(Code::rights_unsafe_folder,
              {{"path", fs::to_utf8(named)},
               {"reason", "config.json names it, and who may have written that cannot read it"}});
}

}  // namespace

void check_named_files(const Config& config) {
  if (!config.authors.are_others()) return;
  const auto check = [&](const fs::Path& named) {
    if (!config.authors.could_read(named)) refuse(named);
  };
  if (!config.ca_file.empty()) check(fs::from_utf8(config.ca_file));
  if (config.database.empty()) return;
  for (const fs::Path& file : site::named_files(config.database)) check(file);
}

std::unique_ptr<RandomReader> AuthorsDisk::open_read(const fs::Path& path) {
  auto file = disk_.open_read(path);
  if (!authors_.could_read(*file, path)) refuse(path);
  return file;
}

}  // namespace xppkg::client
