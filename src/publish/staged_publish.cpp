#include "staged_publish.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "fs/files.hpp"

namespace xppkg::publish {
namespace {

constexpr std::uint64_t kMaxList = 1024 * 1024;
constexpr std::size_t kMaxFiles = 8192;

fs::Path staging(const RepositoryLayout& layout) {
  return layout.work() / "metadata";
}

/// All that is ever published this way; another writer of the work folder gets no further.
bool is_metadata(const RelPath& place) {
  constexpr std::string_view kFolder = "metadata/";
  const std::string& text = place.text();
  if (text == "root.json") return true;
  return text.starts_with(kFolder) && text.ends_with(".json") &&
         text.find('/', kFolder.size()) == std::string::npos;
}

std::vector<RelPath> read_list(ByteView bytes) {
  const Json json = parse_strict(bytes, Code::repository_invalid);
  const Fields fields(json, "publication.json", Code::repository_invalid);
  if (fields.text("format") != "1.0") fields.fail("not a list of this version");
  std::vector<RelPath> places;
  for (const Json& item : fields.array("files", kMaxFiles)) {
    if (!item.is_string()) fields.fail("a path that is no text");
    places.push_back(RelPath::parse(item.get<std::string>()));
    if (!is_metadata(places.back())) fields.fail("a path that is no metadata's");
  }
  return places;
}

}  // namespace

fs::Path staged_list(const RepositoryLayout& layout) {
  return layout.work() / "publication.json";
}

void StagedPublish::put(fs::Path place, Bytes bytes) {
  files_.emplace_back(std::move(place), std::move(bytes));
}

const Bytes* StagedPublish::find(const fs::Path& place) const {
  const auto found = std::ranges::find(files_, place, &std::pair<fs::Path, Bytes>::first);
  return found == files_.end() ? nullptr : &found->second;
}

void StagedPublish::publish() {
  fs::remove_tree(disk_, staging(layout_));
  fs::make_directories(disk_, staging(layout_));
  Json places = Json::array();
  for (const auto& [place, bytes] : files_) {
    const auto file = disk_.create(staging(layout_) / fmt::to_string(places.size()), 0644);
    file->write(bytes);
    file->sync();
    places.push_back(fs::to_utf8(place.lexically_relative(layout_.root)));
  }
  disk_.sync_directory(staging(layout_));
  const std::string list = pretty({{"format", "1.0"}, {"files", places}});
  // The decision: the list is complete, and from now on it is carried through.
  fs::write_file_atomically(disk_, staged_list(layout_), as_bytes(list));
  finish_staged_publish(disk_, layout_);
}

bool finish_staged_publish(fs::FileSystem& disk, const RepositoryLayout& layout) {
  const auto list = fs::read_file_if_there(disk, staged_list(layout), kMaxList);
  if (!list) return false;
  std::size_t index = 0;
  for (const RelPath& place : read_list(*list)) {
    const fs::Path staged = staging(layout) / fmt::to_string(index++);
    if (!disk.stat(staged)) continue;  // It has its place already.
    const fs::Path to = fs::join(layout.root, place);
    disk.rename(staged, to);
    disk.sync_directory(to.parent_path());
  }
  disk.remove_file(staged_list(layout));
  fs::remove_tree(disk, staging(layout));
  return true;
}

}  // namespace xppkg::publish
