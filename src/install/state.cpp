#include "install/state.hpp"

#include "fs/files.hpp"

namespace xppkg::install {
namespace {

constexpr std::uint64_t kMaxState = 64 * 1024;
constexpr std::uint64_t kMaxHistory = 64 * 1024 * 1024;

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

Installed read_installed(ByteView bytes) {
  const Json json = parse_strict(bytes, Code::corrupt_state);
  const Fields fields(json, "installed.json", Code::corrupt_state);
  Installed installed;
  installed.package = fields.text("package");
  installed.version = fields.text("version");
  installed.platform = fields.text("platform");
  installed.tree = Blake2b::from_hex(fields.text("tree"));
  installed.at = trust::parse_time(fields.text("at"));
  installed.on_purpose = fields.flag("on_purpose");
  installed.decision = fields.number("decision");
  return installed;
}

/// True if the file ends within a line, where a power cut left it.
bool ends_in_a_line(fs::FileSystem& disk, const fs::Path& path) {
  const auto found = disk.stat(path);
  if (!found || found->size == 0) return false;
  std::uint8_t last = 0;
  disk.open_read(path)->read_at(found->size - 1, {&last, 1});
  return last != '\n';
}

}  // namespace

std::optional<Installed> load_installed(fs::FileSystem& disk, const Layout& layout) {
  const auto bytes = fs::read_file_if_there(disk, layout.installed(), kMaxState);
  if (!bytes) return std::nullopt;
  try {
    return read_installed(*bytes);
  } catch (const Error& error) {
    if (error.code() != Code::trust_malformed) throw;  // Of a digest or a time.
    throw Error(Code::corrupt_state, {{"file", "installed.json"}, {"reason", error.what()}});
  }
}

std::string write_installed(const Installed& installed) {
  return pretty({{"package", installed.package},
                 {"version", installed.version},
                 {"platform", installed.platform},
                 {"tree", installed.tree.hex()},
                 {"at", trust::format_time(installed.at)},
                 {"on_purpose", installed.on_purpose},
                 {"decision", installed.decision}});
}

void append_history(fs::FileSystem& disk, const Layout& layout, const HistoryEntry& entry) {
  const Json json{{"at", trust::format_time(entry.at)},
                  {"action", entry.action},
                  {"from", entry.from},
                  {"to", entry.to},
                  {"result", entry.result},
                  {"bytes", entry.bytes}};
  const std::string before = ends_in_a_line(disk, layout.history()) ? "\n" : "";
  disk.append(layout.history())->write(as_bytes(before + canonical(json) + "\n"));
}

std::vector<HistoryEntry> load_history(fs::FileSystem& disk, const Layout& layout) {
  const auto bytes = fs::read_file_if_there(disk, layout.history(), kMaxHistory);
  std::vector<HistoryEntry> entries;
  if (!bytes) return entries;
  std::string_view text = as_text(*bytes);
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
