#include "source/source.hpp"

#include <algorithm>

namespace xppkg::source {

std::vector<Source*> in_order(std::span<const std::unique_ptr<Source>> sources) {
  std::vector<Source*> order;
  for (const auto& source : sources) order.push_back(source.get());
  put_in_order(order);
  return order;
}

void put_in_order(std::vector<Source*>& sources) {
  std::stable_partition(sources.begin(), sources.end(),
                        [](const Source* source) { return !source->is_given_up(); });
}

Error missing_file(const Source& source, const std::string& path) {
  std::vector<Fact> facts{{"source", source.address()}, {"path", path}};
  if (source.refusal() == 0) return Error(Code::notfound_file, std::move(facts));
  facts.push_back({"status", std::to_string(source.refusal())});
  return Error(Code::transport_status, std::move(facts));
}

}  // namespace xppkg::source
