#include "news.hpp"

#include "progress.hpp"
#include "xppkg/site.hpp"
#include "xppkg/updater.hpp"

namespace example {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::hours kBetweenChecks{1};
constexpr std::chrono::seconds kAfterTrouble{30};
constexpr std::chrono::milliseconds kSlice{200};

}  // namespace

News::News(std::string folder, std::uint64_t counter, std::shared_ptr<Events> events)
    : folder_(std::move(folder)),
      counter_(counter),
      events_(std::move(events)),
      thread_([this] { run(); }) {}

News::~News() {
  stops_ = true;
  thread_.join();
}

void News::run() {
  while (!stops_) {
    attempt([this] { look_for_newer(); });
    const auto next_check = Clock::now() + kBetweenChecks;
    while (!stops_ && Clock::now() < next_check) {
      attempt([&] {
        wait_for_decisions(
            std::chrono::duration_cast<std::chrono::milliseconds>(next_check - Clock::now()));
      });
    }
  }
}

void News::look_for_newer() {
  ShownProgress progress(stops_);
  const xppkg::CheckResult found = xppkg::Updater(folder_).check(progress);
  if (!found.newer_exists || found.newest == newest_) return;
  newest_ = found.newest;
  events_->add({Event::Kind::newer, "Version " + found.newest + " is available (" +
                                        std::to_string(found.bytes) + " bytes)."});
}

void News::wait_for_decisions(std::chrono::milliseconds time) {
  const auto decision =
      xppkg::Site(folder_).wait_for_decision(counter_, time, [this] { return stops_.load(); });
  if (!decision) return;
  counter_ = decision->counter;
  events_->add({Event::Kind::decided, decision->decided_by + " on " + decision->workstation +
                                          (decision->held ? " held " : " released ") +
                                          decision->version + "."});
}

/// The vendor or the database may be out of reach for a while: said once, and tried again.
template <typename Work>
void News::attempt(const Work& work) {
  try {
    work();
    trouble_.clear();
  } catch (const xppkg::Error& error) {
    if (stops_) return;
    if (trouble_ != error.what()) events_->add({Event::Kind::trouble, error.what()});
    trouble_ = error.what();
    const auto again = Clock::now() + kAfterTrouble;
    while (!stops_ && Clock::now() < again) std::this_thread::sleep_for(kSlice);
  }
}

}  // namespace example
