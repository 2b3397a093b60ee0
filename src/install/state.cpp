#include "install/state.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fs/files.hpp"

namespace xppkg::install {
namespace {

constexpr std::uint64_t kMaxState = 64 * 1024;
/// Only the end of a longer history is read.
constexpr std::uint64_t kMaxHistory = 4 * 1024 * 1024;

HistoryEntry read_entry(std::string_view line) {
  const Json json = parse_strict(as_bytes(line), Code::corrupt_state);
  const Fields fields(json, "history", Code::corrupt_state);
  return {trust::parse_time(fields.text("at")),
          fields.text("action"),
          fields.text("from"),
          fields.text("to"),
          fields.text("result"),
          fields.number("bytes")};
}

bool ends_inside_a_line(fs::FileSystem& disk, const fs::Path& file) {
  if (!disk.stat(file)) return false;
  const auto reader = disk.open_read(file);
  if (reader->size() == 0) return false;
  Bytes last(1);
  reader->read_at(reader->size() - 1, last);
  return last[0] != '\n';
}

/// A backup may have made a second name of the file: what comes is no part of it.
void take_from_other_names(fs::FileSystem& disk, const fs::Path& file) {
  const auto found = disk.stat(file);
  if (!found || found->names == 1) return;
  fs::write_file_atomically(disk, file, fs::read_file(disk, file, found->size), found->mode & 0777);
}

Bytes read_end(fs::FileSystem& disk, const fs::Path& file) {
  const auto reader = disk.open_read(file);
  const std::uint64_t size = std::min(reader->size(), kMaxHistory);
  Bytes bytes(size);
  reader->read_at(reader->size() - size, bytes);
  return bytes;
}

Installed read_installed(const Json& json) {
  const Fields fields(json, "installed.json", Code::corrupt_state);
  Installed installed;
  installed.package = fields.text("package");
  installed.version = fields.text("version");
  installed.platform = fields.text("platform");
  installed.tree = Blake2b::from_hex(fields.text("tree"));
  installed.at = trust::parse_time(fields.text("at"));
  installed.is_pilot = fields.flag("on_purpose");
  installed.decision = fields.number("decision");
  installed.confirmed = fields.flag_or("confirmed", true);
  installed.starts = fields.number_or("starts", 0);
  return installed;
}

}  // namespace

std::optional<Installed> load_installed(fs::FileSystem& disk, const Layout& layout) {
  return load_installed(disk, layout.installed());
}

std::optional<Installed> load_installed(fs::FileSystem& disk, const fs::Path& file) {
  const auto bytes = fs::read_file_if_there(disk, file, kMaxState);
  if (!bytes) return std::nullopt;
  const Json json = parse_strict(*bytes, Code::corrupt_state);
  try {
    return read_installed(json);
  } catch (const Error& error) {
    if (error.code() == Code::corrupt_state) throw;
    // A digest or a time that is none: here it is our own state, not signed data.
    throw Error(Code::corrupt_state, {{"file", "installed.json"}, {"cause", error.what()}});
  }
}

std::string write_installed(const Installed& installed) {
  return pretty({{"package", installed.package},
                 {"version", installed.version},
                 {"platform", installed.platform},
                 {"tree", installed.tree.hex()},
                 {"at", trust::format_time(installed.at)},
                 {"on_purpose", installed.is_pilot},
                 {"decision", installed.decision},
                 {"confirmed", installed.confirmed},
                 {"starts", installed.starts}});
}

void append_history(fs::FileSystem& disk, const Layout& layout, const HistoryEntry& entry) {
  const Json json{{"at", trust::format_time(entry.at)},
                  {"action", entry.action},
                  {"from", entry.from},
                  {"to", entry.to},
                  {"result", entry.result},
                  {"bytes", entry.bytes}};
  take_from_other_names(disk, layout.history());
  // A line that a power cut left half written must not spoil the next one.
  const std::string start = ends_inside_a_line(disk, layout.history()) ? "\n" : "";
  const auto file = disk.append(layout.history());
  file->write(as_bytes(start + canonical(json) + "\n"));
}

std::vector<HistoryEntry> load_history(fs::FileSystem& disk, const Layout& layout) {
  std::vector<HistoryEntry> entries;
  if (!disk.stat(layout.history())) return entries;
  const Bytes bytes = read_end(disk, layout.history());
  std::string_view text = as_text(bytes);
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    try {
      entries.push_back(read_entry(text.substr(0, end)));
    } catch (const Error&) {
      // A line that a power cut left half written.
    }
    text.remove_prefix(end + 1);
  }
  return entries;
}

}  // namespace xppkg::install
