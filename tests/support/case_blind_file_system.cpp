#include "case_blind_file_system.hpp"

#include <algorithm>

namespace xppkg::test {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same(const std::string& a, const std::string& b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

fs::Path CaseBlindFileSystem::real(const fs::Path& path) const {
  const fs::Path below = path.lexically_relative(root_);
  if (below.empty() || *below.begin() == "..") return path;
  fs::Path found = root_;
  for (const fs::Path& name : below) {
    fs::Path spelled = name;
    const auto folder = disk_.stat(found);
    if (!disk_.stat(found / name) && folder && folder->kind == fs::Kind::directory) {
      for (const fs::Path& other : disk_.list(found)) {
        if (is_same(other.string(), name.string())) spelled = other;
      }
    }
    found /= spelled;
  }
  return found;
}

}  // namespace xppkg::test
