// Any bytes as the file of the addresses' passwords: only the documented error, and an address that
// it does not name stays as it is.

#include "config.hpp"
#include "documented.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xppkg;
  const std::string unnamed = "https://unnamed.example.org/files";
  client::Config config;
  config.sources = {"https://me@example.com/files", unnamed};
  config.database = "postgresql://app@db/site";
  fuzz::documented({Code::corrupt_state}, [&] { client::add_passwords({data, size}, config); });
  fuzz::require(config.sources.size() == 2 && config.package.empty());
  const bool is_named = as_text({data, size}).find("unnamed") != std::string_view::npos;
  fuzz::require(is_named || config.sources[1] == unnamed);
  return 0;
}
