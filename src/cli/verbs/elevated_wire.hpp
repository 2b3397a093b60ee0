#pragma once

#include "cli/console.hpp"
#include "xppkg/updater.hpp"

namespace xppkg::cli {

/// Reports the elevated step's progress to its caller: JSON objects, one a line, on its standard
/// output (FORMAT §8.12). Each has one member: "progress", "notice", and at the end "result" or
/// "error".
class WireObserver final : public Observer {
 public:
  void progress(const Progress& progress) override;
  void notice(const Notice& notice) override;
  bool cancelled() override;

 private:
  std::chrono::steady_clock::time_point last_{};
};
void write_result(const ApplyResult& result);
void write_error(const Error& error);

/// The other end: passes progress and notices on.
class WireReader {
 public:
  explicit WireReader(Observer& observer) : observer_(observer) {}
  /// Takes one line; one that is not understood is none.
  void take(std::string_view line);
  /// The result of the step. Throws its error, and Error{process_ended} if it ended without a word.
  [[nodiscard]] ApplyResult result() const;

 private:
  Observer& observer_;
  std::optional<ApplyResult> result_;
  std::optional<Error> error_;
};

}  // namespace xppkg::cli
