#include "cli/console.hpp"

#include <nlohmann/json.hpp>

#include "cli/error_text.hpp"
#include "cli/terminal.hpp"

namespace xppkg::cli {
namespace {

using nlohmann::json;

constexpr auto kDrawEvery = std::chrono::milliseconds(100);

std::string stage_name(Stage stage) {
  switch (stage) {
    case Stage::check:
      return text("Checking");
    case Stage::download:
      return text("Downloading");
    case Stage::prepare:
      return text("Preparing");
    case Stage::verify:
      return text("Verifying");
    case Stage::commit:
      return text("Installing");
    case Stage::scan:
      return text("Reading");
    case Stage::diff:
      return text("Comparing");
    case Stage::prove:
      return text("Testing");
    case Stage::publish:
      return text("Publishing");
    case Stage::upload:
      return text("Uploading");
  }
  return {};
}

bool counts_bytes(Stage stage) {
  return stage != Stage::commit;
}

std::string bar(std::uint64_t done, std::uint64_t total) {
  constexpr std::size_t kWidth = 20;
  const std::size_t full = total == 0 ? 0 : static_cast<std::size_t>(done * kWidth / total);
  return "[" + std::string(full, '#') + std::string(kWidth - full, '.') + "]";
}

// Cuts at a character, not inside one.
std::string shortened(const std::string& line, int width) {
  std::size_t at = 0;
  for (int columns = 0; at < line.size() && columns < width; ++columns) {
    ++at;
    while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xc0) == 0x80) ++at;
  }
  return line.substr(0, at);
}

}  // namespace

std::string_view id(Stage stage) {
  switch (stage) {
    case Stage::check:
      return "check";
    case Stage::download:
      return "download";
    case Stage::prepare:
      return "prepare";
    case Stage::verify:
      return "verify";
    case Stage::commit:
      return "commit";
    case Stage::scan:
      return "scan";
    case Stage::diff:
      return "diff";
    case Stage::prove:
      return "prove";
    case Stage::publish:
      return "publish";
    case Stage::upload:
      return "upload";
  }
  return "unknown";
}

ConsoleObserver::ConsoleObserver(const OutputOptions& output_options) : style_(Style::none) {
  if (output_options.progress == "json") style_ = Style::json;
  if (output_options.progress == "auto" && stderr_is_terminal()) style_ = Style::bar;
}

ConsoleObserver::~ConsoleObserver() {
  clear_progress();
}

void ConsoleObserver::progress(const Progress& progress) {
  if (style_ == Style::none) return;
  const bool is_new = stage_ != progress.stage || (progress.done < began_at_);
  if (is_new) start(progress);
  const auto now = Clock::now();
  const bool is_last = progress.total > 0 && progress.done == progress.total;
  if (!is_new && !is_last && now - drawn_ < kDrawEvery) return;
  drawn_ = now;
  if (style_ == Style::json) {
    say(json{{"stage", id(progress.stage)},
             {"what", progress.what},
             {"done", progress.done},
             {"total", progress.total}});
  } else {
    draw(progress);
  }
}

void ConsoleObserver::start(const Progress& progress) {
  stage_ = progress.stage;
  began_ = Clock::now();
  began_at_ = progress.done;
}

void ConsoleObserver::draw(const Progress& progress) {
  std::string line = stage_name(progress.stage) + " ";
  if (progress.total > 0) {
    line += bar(progress.done, progress.total) + " ";
    line += counts_bytes(progress.stage)
                ? human_bytes(progress.done) + " / " + human_bytes(progress.total)
                : fmt::format("{} / {}", progress.done, progress.total);
    line += rate_and_rest(progress) + " ";
  }
  line += progress.what;
  show_progress(shortened(visible(line), terminal_width() - 1));
}

std::string ConsoleObserver::rate_and_rest(const Progress& progress) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
  const std::uint64_t moved = progress.done - began_at_;
  if (seconds < 0.5 || moved == 0 || !counts_bytes(progress.stage)) return {};
  const double rate = static_cast<double>(moved) / seconds;
  const auto rest =
      static_cast<std::int64_t>(static_cast<double>(progress.total - progress.done) / rate + 0.5);
  return fmt::format(" {}/s {}", human_bytes(static_cast<std::uint64_t>(rate)),
                     text("{} left", human_duration(std::chrono::seconds(rest))));
}

void ConsoleObserver::notice(const Notice& notice) {
  if (style_ == Style::json) return say(json{{"notice", to_json(notice)}});
  say(describe(notice));
}

bool ConsoleObserver::cancelled() {
  return was_interrupted();
}

json to_json(const Notice& notice) {
  return {{"id", notice.id}, {"path", notice.path}, {"detail", notice.detail}};
}

std::string describe(const Notice& notice) {
  if (notice.id == "config.kept" && notice.detail.empty()) {
    return text("Kept your changed {}; the new release has none.", notice.path);
  }
  if (notice.id == "config.kept") {
    return text("Kept your changed {}; the new one is {}.", notice.path, notice.detail);
  }
  if (notice.id == "file.displaced") {
    return text("Moved your {} to {}.", notice.path, notice.detail);
  }
  if (notice.id == "folder.nested") {
    return text(
        "{} lies in another installation, {}: an update of that one that changes something here is "
        "refused.",
        notice.path, notice.detail);
  }
  if (notice.id == "file.waiting") {
    return text("Your file {}, moved aside earlier, is at {}.", notice.path, notice.detail);
  }
  if (notice.id == "rights.lost") {
    return text("The new {} does not get all rights of the old one: {}", notice.path,
                notice.detail);
  }
  if (notice.id == "source.skipped") {
    return text("Source skipped: {} ({})", notice.path, describe_failure(notice.detail));
  }
  if (notice.id == "delta.refused") {
    return text("Delta {} could not be used; the update goes on another way ({}).", notice.path,
                describe_failure(notice.detail));
  }
  if (notice.id == "delta.missing") {
    return text("Delta {} is no longer available; the update goes on another way ({}).",
                notice.path, describe_failure(notice.detail));
  }
  if (notice.id == "platform.not-offered") {
    return text("No {1} is offered for {0}: its workstations will not find it.", notice.path,
                notice.detail);
  }
  if (notice.id == "root.not-found") {
    return text("An older root was not found: {} ({}).", notice.path,
                describe_failure(notice.detail));
  }
  if (notice.id == "manifest.replaced") {
    return text("The saved manifest cannot be used; it is fetched from the source ({}).",
                describe_failure(notice.detail));
  }
  if (notice.id == "base.not-mended") {
    return text("Damaged files of {} cannot be repaired; the full package is used ({}).",
                notice.path, describe_failure(notice.detail));
  }
  if (notice.id == "rollback.impossible") {
    return text("{} was never confirmed as working, and cannot be rolled back ({}).", notice.path,
                describe_failure(notice.detail));
  }
  if (notice.id == "hold.lifted") return text("The hold of {} is lifted.", notice.path);
  if (notice.id == "update.pending") {
    return text("The postponed update is postponed again; {} keeps running ({}).", notice.path,
                describe_failure(notice.detail));
  }
  if (notice.id == "use.waiting") {
    return text("Waiting until these programs end: {}", notice.detail);
  }
  if (notice.id == "use.overridden") {
    return text("Not waiting for programs that run from the folder: {}", notice.detail);
  }
  if (notice.id == "config.unmatched") {
    return text("No file matches the config pattern {}.", notice.path);
  }
  if (notice.id == "expiry.near") {
    return describe_expiry(notice.path, notice.detail, Expiry::near);
  }
  if (notice.id == "expiry.past") {
    return describe_expiry(notice.path, notice.detail, Expiry::past);
  }
  return fmt::format("{}: {} {}", notice.id, notice.path, notice.detail);
}

int report(const Error& error, const std::string& program, const OutputOptions& output_options,
           std::string_view place) {
  const CodeInfo& row = info(error.code());
  const ErrorText told = error_text(error, program, place);
  if (output_options.json) {
    json facts = json::object();
    for (const Fact& fact : error.facts()) facts[fact.name] = fact.value;
    print(json{{"error",
                {{"id", row.id},
                 {"text", told.text},
                 {"facts", facts},
                 {"next", told.next},
                 {"exit", row.exit_status}}}});
    return row.exit_status;
  }
  say(fmt::format("{}: {} [{}]", program, told.text, row.id));
  for (const Fact& fact : error.facts()) {
    // The sentence above is the reason itself.
    if (const std::string value = fact_value(fact); value != told.text) {
      say(fmt::format("  {}: {}", fact_name(fact.name), value));
    }
  }
  say(fmt::format("  {} {}", text("Next:"), told.next));
  return row.exit_status;
}

}  // namespace xppkg::cli
