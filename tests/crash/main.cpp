#define BOOST_TEST_MODULE crash
#include <boost/test/unit_test.hpp>

#include "in_memory.hpp"
#include "temp_folder.hpp"

using xppkg::test::InMemory;
using xppkg::test::OrdinaryUser;
BOOST_TEST_GLOBAL_FIXTURE(InMemory);
BOOST_TEST_GLOBAL_FIXTURE(OrdinaryUser);
