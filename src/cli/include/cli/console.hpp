#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "cli/output.hpp"
#include "cli/text.hpp"
#include "xppkg/error.hpp"
#include "xppkg/observer.hpp"

namespace xppkg::cli {

/// How a command talks: data to standard output, people's text to standard error.
struct OutputOptions {
  bool json = false;
  std::string progress = "auto";  ///< "auto": on a terminal; "json": lines for front ends; "none"
};

/// Shows progress with rate and remaining time, and notices. Draws on a terminal only.
class ConsoleObserver final : public Observer {
 public:
  explicit ConsoleObserver(const OutputOptions& output_options);
  ~ConsoleObserver() override;
  ConsoleObserver(const ConsoleObserver&) = delete;
  ConsoleObserver& operator=(const ConsoleObserver&) = delete;

  void progress(const Progress& progress) override;
  void notice(const Notice& notice) override;
  bool cancelled() override;

 private:
  using Clock = std::chrono::steady_clock;

  void start(const Progress& progress);
  void draw(const Progress& progress);
  [[nodiscard]] std::string rate_and_rest(const Progress& progress) const;

  enum class Style { none, bar, json } style_;
  std::optional<Stage> stage_;
  std::string what_;
  Clock::time_point began_;
  Clock::time_point drawn_;
  std::uint64_t began_at_ = 0;
};

/// The stable name of a stage, as in --progress=json.
std::string_view id(Stage stage);

nlohmann::json to_json(const Notice& notice);
/// A sentence for people about a notice.
std::string describe(const Notice& notice);

/// Tells an error: for people its cause, facts and the next step, in which `place` (see error_text)
/// stands for the folder; with --json an object on standard output, whose facts are not translated.
/// Returns the exit status.
int report(const Error& error, const std::string& program, const OutputOptions& output_options,
           std::string_view place = {});

}  // namespace xppkg::cli
