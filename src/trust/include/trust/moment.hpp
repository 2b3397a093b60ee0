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
  /// followed. `floor`: the newest time that the vendor signed (`issued`) among all that this
  /// workstation has accepted; 0: none. Time never goes back behind it.
  Moment(Time stated, Time floor) : time_(std::max(stated, floor)), went_back_(stated < floor) {}

  [[nodiscard]] Time time() const { return time_; }
  /// True if the stated time lies before the floor: the clock is wrong, not the metadata.
  [[nodiscard]] bool went_back() const { return went_back_; }

 private:
  Time time_;
  bool went_back_ = false;
};

/// True unless `issued` lies over a day after `clock`: a wrong clock at the vendor's must not bind
/// all workstations.
inline bool is_plausible(Time issued, Time clock) {
  constexpr Time kDay = 86'400;
  return issued <= clock + kDay;
}

/// The floor after metadata was accepted that was `issued` at a time.
inline Time raised_floor(Time floor, Time issued, Time clock) {
  return is_plausible(issued, clock) ? std::max(floor, issued) : floor;
}

}  // namespace xppkg::trust
