#pragma once

#include <memory>
#include <optional>
#include <string>

#include "news.hpp"
#include "xppkg/in_use.hpp"
#include "xppkg/site.hpp"
#include "xppkg/updater.hpp"

namespace example {

/// An application that runs from an install folder of a site. All calls throw xppkg::Error.
class Application {
 public:
  explicit Application(const std::string& folder);

  /// Passes the gate, works until the user ends it or an update came in, and returns the exit
  /// status.
  int run();

 private:
  enum class Next { work, end };

  Next pass_gate();
  void ask_pilot();
  Next follow();
  Next handle(const Event& event);
  Next obey(const std::string& line);
  Next update(const xppkg::ReleaseSelector& wanted);
  Next restart();
  void look_for_news();

  std::string folder_;
  std::optional<xppkg::InUse> in_use_;
  std::string version_;  // that runs
  std::shared_ptr<Events> events_ = std::make_shared<Events>();
  std::optional<News> news_;
  xppkg::GateResult gate_;
  int status_ = 0;
};

}  // namespace example
