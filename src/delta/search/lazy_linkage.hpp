#pragma once

#include <functional>

#include "pair_input.hpp"

namespace xppkg::delta {

/// The name that a symbol's number in a table stands for.
using NameOf = std::function<std::uint32_t(const SymbolNumbers&, std::uint32_t)>;

/// Writes into `normalised` what lazy linking adds to an ELF program, named by symbols: of each
/// relocation whose slot leads into a stub of its own the place, of the slot what it leads to, and
/// of the stub the slot and the number of the relocation. These count on from one line to the next,
/// so tables of them look alike wherever they are laid, though calls name stubs. `map` is of the
/// program and its file.
void name_lazy_linkage(MutableByteView normalised, ByteView file, const AddressMap& map,
                       const NameOf& name_of);

}  // namespace xppkg::delta
