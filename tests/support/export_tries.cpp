#include "export_tries.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace xppkg::test {
namespace {

struct Node {
  struct Child {
    std::string rest;  // of the name
    std::size_t node = 0;
  };
  std::optional<std::uint64_t> address;
  std::vector<Child> children;
  std::uint64_t place = 0;
};

std::size_t common_size(const std::string& a, const std::string& b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

class Trie {
 public:
  explicit Trie(const std::map<std::string, std::uint64_t>& exports) {
    add_node({exports.begin(), exports.end()}, 0);
    while (lay_out()) {
    }
  }

  [[nodiscard]] Bytes bytes() const {
    ByteWriter writer;
    for (const Node& node : nodes_) writer.raw(bytes_of(node));
    return writer.take();
  }

 private:
  using Exports = std::vector<std::pair<std::string, std::uint64_t>>;

  /// Adds a node for sorted names that agree in their first `depth` bytes.
  std::size_t add_node(Exports exports, std::size_t depth) {
    const std::size_t number = nodes_.size();
    nodes_.emplace_back();
    auto begin = exports.begin();
    if (begin != exports.end() && begin->first.size() == depth) {
      nodes_[number].address = (begin++)->second;
    }
    while (begin != exports.end()) {
      const auto end = std::find_if(begin, exports.end(), [&](const auto& other) {
        return other.first[depth] != begin->first[depth];
      });
      const std::size_t size = common_size(begin->first, std::prev(end)->first);
      const std::size_t child = add_node({begin, end}, size);
      nodes_[number].children.push_back({begin->first.substr(depth, size - depth), child});
      begin = end;
    }
    return number;
  }

  [[nodiscard]] Bytes bytes_of(const Node& node) const {
    ByteWriter symbol;
    if (node.address) {
      symbol.varint(0);
      symbol.varint(*node.address);
    }
    ByteWriter writer;
    writer.varint(symbol.bytes().size());
    writer.raw(symbol.bytes());
    writer.u8(static_cast<std::uint8_t>(node.children.size()));
    for (const Node::Child& child : node.children) {
      writer.raw(as_bytes(child.rest));
      writer.u8(0);
      writer.varint(nodes_[child.node].place);
    }
    return writer.take();
  }

  /// True if a node got another place, so that the numbers that name it may have another size.
  bool lay_out() {
    bool has_changed = false;
    std::uint64_t place = 0;
    for (Node& node : nodes_) {
      has_changed = has_changed || node.place != place;
      node.place = place;
      place += bytes_of(node).size();
    }
    return has_changed;
  }

  std::vector<Node> nodes_;
};

}  // namespace

Bytes export_trie(const std::map<std::string, std::uint64_t>& exports) {
  return Trie(exports).bytes();
}

}  // namespace xppkg::test
