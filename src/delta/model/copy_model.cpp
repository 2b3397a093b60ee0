#include "model/copy_model.hpp"

namespace xppkg::delta {

ProgramPair::ProgramPair(const RandomReader& old_file, AddressMap address_map, Modes block_modes,
                         std::vector<TableBase> bases, Models models)
    : map(std::move(address_map)),
      modes(std::move(block_modes)),
      old(old_file, map, modes),
      targets(map, models),
      labels(old_file.size()),
      hypotheses(map, targets, labels, std::move(bases)) {}

}  // namespace xppkg::delta
