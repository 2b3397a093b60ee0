// Any bytes as a list of trusted folders: it names folders by whole paths, and nothing that is not
// written there.

#include <algorithm>

#include "base/bytes.hpp"
#include "documented.hpp"
#include "trusted_list.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xppkg;
  const auto folders = client::read_trusted_list({data, size});
  const std::string_view text = as_text({data, size});
  for (const std::string& folder : folders) {
    fuzz::require(folder.starts_with('/') && folder.find('\n') == std::string::npos);
    fuzz::require(text.find(folder) != std::string_view::npos);
    // A line names its own folder, and none beside it.
    fuzz::require(!client::names({folder}, fs::from_utf8(folder + "-other")));
  }
  const bool has_it = text.find("/opt") != std::string_view::npos;
  fuzz::require(has_it || !client::names(folders, "/opt/app"));
  return 0;
}
