#pragma once

#include <algorithm>

#include "trust/time.hpp"

namespace xppkg::trust {

/// The one time at which a run judges whether metadata has expired (TRUST §3).
class Moment {
 public:
  /// As stated, with nothing to compare it with.
  Moment(Time stated) : time_(stated) {}  // NOLINT: a time is a moment
  /// `stated`: this computer's clock at an online check, or the time of the decision that is
  /// followed. `trusted_time`: the newest time that the vendor signed (`issued`) among all that
  /// this workstation has accepted; 0: none. Time never goes back behind it.
  Moment(Time stated, Time trusted_time)
      : time_(std::max(stated, trusted_time)), went_back_(stated < trusted_time) {}

  [[nodiscard]] Time time() const { return time_; }
  /// True if the stated time lies before the trusted time: the clock is wrong, not the metadata.
  [[nodiscard]] bool went_back() const { return went_back_; }

 private:
  Time time_;
  bool went_back_ = false;
};

/// True unless `issued` lies over a day after `clock`: a wrong clock at the vendor must not move
/// the trusted time of all workstations into the future.
inline bool is_plausible(Time issued, Time clock) {
  constexpr Time kDay = 86'400;
  return issued <= clock + kDay;
}

/// The trusted time after metadata was accepted that was `issued` at a time.
inline Time raised_trusted_time(Time trusted_time, Time issued, Time clock) {
  return is_plausible(issued, clock) ? std::max(trusted_time, issued) : trusted_time;
}

}  // namespace xppkg::trust
