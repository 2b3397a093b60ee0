#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "delta/bsdiff.hpp"
#include "delta/outline.hpp"
#include "patch/foreign.hpp"
#include "patch/patch.hpp"
#include "verbs.hpp"

namespace xppkg::delta_tool {
namespace {

using cli::human_bytes;
using cli::print_row;
using cli::text;
using delta::Outline;
using delta::Part;
using nlohmann::json;

/// A patch of a file or a folder, or a payload that is neither.
std::string kind_id(const delta::Header& header) {
  try {
    return patch::kind_of(header) == patch::Kind::file ? "file" : "folder";
  } catch (const Error&) {
    return header.is_full() ? "package" : "delta";
  }
}

std::string kind_text(const std::string& id) {
  if (id == "file") return text("patch of a file");
  if (id == "folder") return text("patch of a folder");
  return id == "package" ? text("full package of a repository") : text("delta of a repository");
}

std::uint64_t total(const std::vector<Part>& parts) {
  return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Part& part) { return sum + part.size; });
}

json to_json(const std::vector<Part>& parts) {
  json list = json::array();
  for (const Part& part : parts) {
    if (part.file == patch::kTreeIndex) {
      list.push_back({{"tree_index", true}, {"size", part.size}});
    } else {
      list.push_back({{"file", part.file}, {"size", part.size}});
    }
  }
  return list;
}

json to_json(const Outline& outline, std::uint64_t size) {
  json segments = json::array();
  for (const auto& segment : outline.segments) {
    json streams = json::object();
    for (const auto& stream : segment.streams) streams[stream.name] = stream.size;
    segments.push_back({{"output", segment.output}, {"size", segment.size}, {"streams", streams}});
  }
  const delta::Header& header = outline.header;
  return {{"format", "xppkg"},
          {"version", fmt::format("{}.{}", outline.major, outline.minor)},
          {"kind", kind_id(header)},
          {"bytes", size},
          {"header_bytes", outline.header_size},
          {"memory", header.memory},
          {"base", header.base_tree.hex()},
          {"result", header.tree.hex()},
          {"old_parts", to_json(header.old_parts)},
          {"new_parts", to_json(header.new_parts)},
          {"segments", segments}};
}

json to_json(const delta::BsdiffHeader& header, std::uint64_t size) {
  return {{"format", "bsdiff"},
          {"kind", "file"},
          {"bytes", size},
          {"output", header.output},
          {"streams",
           {{"control", header.control_size},
            {"difference", header.difference_size},
            {"extra", header.extra_size}}}};
}

std::string parts_text(const std::vector<Part>& parts) {
  return fmt::format("{} ({})", parts.size(), human_bytes(total(parts)));
}

/// The sizes of the streams of all segments together, in their order.
std::string streams_text(const Outline& outline) {
  std::vector<delta::OutlinedStream> sums;
  for (const auto& segment : outline.segments) {
    for (const auto& stream : segment.streams) {
      const auto same = std::ranges::find(sums, stream.name, &delta::OutlinedStream::name);
      if (same == sums.end()) {
        sums.push_back(stream);
      } else {
        same->size += stream.size;
      }
    }
  }
  std::string line;
  for (const auto& stream : sums) {
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", stream.name, human_bytes(stream.size));
  }
  return line;
}

void show(const Outline& outline, std::uint64_t size) {
  const delta::Header& header = outline.header;
  print_row(text("Format"), fmt::format("xppkg {}.{}", outline.major, outline.minor));
  print_row(text("Kind"), kind_text(kind_id(header)));
  print_row(text("Size"), human_bytes(size));
  print_row(text("Made from"), header.base_tree.hex());
  print_row(text("Result"), header.tree.hex());
  print_row(text("Old parts"), parts_text(header.old_parts));
  print_row(text("New parts"), parts_text(header.new_parts));
  print_row(text("Memory"), text("at most {}", human_bytes(header.memory)));
  print_row(text("Header"), human_bytes(outline.header_size));
  print_row(text("Segments"), fmt::to_string(outline.segments.size()));
  if (!outline.segments.empty()) print_row(text("Streams"), streams_text(outline));
}

void show(const delta::BsdiffHeader& header, std::uint64_t size) {
  print_row(text("Format"), "BSDIFF40");
  print_row(text("Kind"), kind_text("file"));
  print_row(text("Size"), human_bytes(size));
  print_row(text("Result"), human_bytes(header.output));
  print_row(text("Streams"),
            fmt::format("control {}, difference {}, extra {}", human_bytes(header.control_size),
                        human_bytes(header.difference_size), human_bytes(header.extra_size)));
}

template <typename Description>
void tell(const cli::Context& context, const Description& description, std::uint64_t size) {
  if (context.output_options.json) {
    cli::print(to_json(description, size));
  } else {
    show(description, size);
  }
}

int run(const cli::Context& context, const std::string& path) {
  const auto reader = fs::native().open_read(input_path(path));
  patch::refuse_foreign(*reader);
  if (delta::is_bsdiff(*reader)) {
    tell(context, delta::read_bsdiff_header(*reader), reader->size());
  } else {
    tell(context, delta::read_outline(*reader), reader->size());
  }
  return 0;
}

}  // namespace

void add_show(const cli::Command& app, cli::Context& context) {
  const cli::Command verb = app.add_subcommand("show", text("Show what a patch consists of"));
  auto path = std::make_shared<std::string>();
  verb.add_option("PATCH", *path, text("The patch")).required();
  verb.add_examples(
      "  xppkg-delta show app.patch\n"
      "  xppkg-delta --json show app.patch");
  verb.callback(
      [&context, path] { context.run = [&context, path] { return run(context, *path); }; });
}

}  // namespace xppkg::delta_tool
