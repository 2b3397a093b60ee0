// As src/pch/standard.hpp, for programs of tests.
#ifndef XPPKG_PCH_BOOST_TEST
#define XPPKG_PCH_BOOST_TEST

#include <boost/test/unit_test.hpp>

#include "../../src/pch/standard.hpp"

#endif
