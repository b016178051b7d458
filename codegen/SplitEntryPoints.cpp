// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/SplitEntryPoints.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/CodeExtractor.h"

using namespace llvm;

namespace {

/// Instructions of a part: about a hundred calls, with the words that are stored for each. Less
/// costs calls, more the time of the passes that are not linear.
constexpr size_t kPartLength = 512;

/// Whether a part can compute the same for itself.
bool canMove(const Instruction &instruction) {
  if (auto *load = dyn_cast<LoadInst>(&instruction))
    return load->hasMetadata(LLVMContext::MD_invariant_load);
  return isa<AllocaInst, GetElementPtrInst, CastInst, BinaryOperator, InsertValueInst,
             ExtractValueInst>(instruction);
}

/// Instructions that stay where they are, without the way to the next block.
size_t getLength(const BasicBlock &block) {
  return llvm::count_if(block, [](const Instruction &instruction) {
    return !canMove(instruction) && !instruction.isTerminator();
  });
}

/// The instruction with which another part begins; null for a block that is no longer than one.
Instruction *getCut(BasicBlock &block) {
  size_t length = 0;
  for (Instruction &instruction : block)
    if (!canMove(instruction) && !isa<PHINode>(instruction) && ++length > kPartLength &&
        !instruction.isTerminator())
      return &instruction;
  return nullptr;
}

/// Cuts blocks that are in no loop where they are longer than a part.
void splitLongBlocks(Function &function) {
  DominatorTree dominators(function);
  LoopInfo loops(dominators);
  SmallVector<BasicBlock *> blocks;
  for (BasicBlock &block : function)
    if (loops.getLoopDepth(&block) == 0)
      blocks.push_back(&block);
  for (BasicBlock *block : blocks)
    while (Instruction *cut = getCut(*block))
      block = SplitBlock(block, cut->getIterator());
}

/// A part: blocks of which the first dominates the others, and that end where the next part begins
/// or on a path that fails.
struct Parts {
  explicit Parts(Function &function) : dominators(function), loops(dominators) {
    measure();
    SmallVector<DomTreeNode *> path = getPath();
    // What comes before the first cut stays: stack slots belong to the entry.
    for (size_t first = 0; first < path.size();) {
      size_t last = first + 1;
      while (last < path.size() && lengthBetween(path[first], path[last]) < kPartLength)
        ++last;
      collect(path[first], last < path.size() ? path[last] : nullptr);
      first = last;
    }
  }

  /// Instructions below each node of the tree of dominators, itself included.
  void measure() {
    for (const DomTreeNode *node : post_order(dominators.getRootNode())) {
      size_t length = getLength(*node->getBlock());
      for (const DomTreeNode *child : node->children())
        length += lengths[child];
      lengths[node] = length;
    }
  }

  size_t lengthBetween(const DomTreeNode *begin, const DomTreeNode *end) const {
    return lengths.lookup(begin) - lengths.lookup(end);
  }

  /// The blocks outside of loops that every run passes unless it fails, without the entry: the
  /// longest chain of dominators, since a failure leaves by a short way.
  SmallVector<DomTreeNode *> getPath() {
    DomTreeNode *deepest = dominators.getRootNode();
    for (DomTreeNode *node : depth_first(dominators.getRootNode()))
      if (loops.getLoopDepth(node->getBlock()) == 0 && node->getLevel() > deepest->getLevel() &&
          !isa<ReturnInst>(node->getBlock()->getTerminator()))
        deepest = node;
    SmallVector<DomTreeNode *> path;
    for (DomTreeNode *node = deepest; node->getIDom(); node = node->getIDom())
      if (loops.getLoopDepth(node->getBlock()) == 0)
        path.push_back(node);
    return SmallVector<DomTreeNode *>(llvm::reverse(path));
  }

  void collect(DomTreeNode *begin, DomTreeNode *end) {
    SmallVector<BasicBlock *> &part = blocks.emplace_back();
    SmallVector<DomTreeNode *> left = {begin};
    while (!left.empty()) {
      DomTreeNode *node = left.pop_back_val();
      if (node == end || isa<ReturnInst>(node->getBlock()->getTerminator()))
        continue;
      part.push_back(node->getBlock());
      numbers[node->getBlock()] = blocks.size();
      llvm::append_range(left, node->children());
    }
  }

  /// From 1 on; 0 for what stays.
  size_t getNumber(const Instruction &instruction) const {
    return numbers.lookup(instruction.getParent());
  }

  DominatorTree dominators;
  LoopInfo loops;
  DenseMap<const DomTreeNode *, size_t> lengths;
  SmallVector<SmallVector<BasicBlock *>> blocks;
  DenseMap<const BasicBlock *, size_t> numbers;
};

/// Where a part that begins with the block `begin` computes a value: before its first use, if one
/// block has them all.
BasicBlock::iterator getPlace(ArrayRef<Use *> uses, BasicBlock &begin) {
  auto getUser = [](Use *use) { return cast<Instruction>(use->getUser()); };
  Instruction *first = getUser(uses.front());
  for (Use *use : uses) {
    if (getUser(use)->getParent() != first->getParent())
      return begin.getFirstInsertionPt();
    if (getUser(use)->comesBefore(first))
      first = getUser(use);
  }
  return first->getIterator();
}

/// Gives each part that uses it an instruction of its own, so that parts hand each other nothing
/// but the arguments of the entry point. A stack slot moves if one part uses it.
void moveToUses(Instruction &instruction, const Parts &parts) {
  size_t own = parts.getNumber(instruction);
  MapVector<size_t, SmallVector<Use *>> uses;
  SmallVector<IntrinsicInst *> markers;
  for (Use &use : instruction.uses()) {
    auto *user = cast<Instruction>(use.getUser());
    if (auto *intrinsic = dyn_cast<IntrinsicInst>(user);
        intrinsic && intrinsic->isLifetimeStartOrEnd())
      markers.push_back(intrinsic);
    else
      uses[isa<PHINode>(user) ? own : parts.getNumber(*user)].push_back(&use);
  }
  if (isa<AllocaInst>(instruction)) {
    if (uses.size() != 1 || uses.front().first == own)
      return;
    // They bracket the whole entry point. Without them the slot lives as long as the part.
    for (IntrinsicInst *marker : markers)
      marker->eraseFromParent();
  }
  for (auto &[number, usesOfPart] : uses) {
    if (number == own || number == 0)
      continue;
    Instruction *copy = instruction.clone();
    BasicBlock &begin = *parts.blocks[number - 1].front();
    // Anywhere else a slot would be taken from the stack each time that the place is passed.
    copy->insertBefore(isa<AllocaInst>(copy) ? begin.getFirstInsertionPt()
                                             : getPlace(usesOfPart, begin));
    for (Use *use : usesOfPart)
      use->set(copy);
  }
  if (instruction.use_empty())
    instruction.eraseFromParent();
}

void split(Function &function) {
  splitLongBlocks(function);
  Parts parts(function);
  SmallVector<Instruction *> movable;
  for (BasicBlock &block : function)
    for (Instruction &instruction : block)
      if (canMove(instruction))
        movable.push_back(&instruction);
  // From the last on, so that what an instruction is computed from follows it.
  for (Instruction *instruction : llvm::reverse(movable))
    moveToUses(*instruction, parts);
  CodeExtractorAnalysisCache cache(function);
  for (auto [number, blocks] : llvm::enumerate(parts.blocks)) {
    // What parts hand each other goes through memory: LLVM cannot pass any vector as an argument,
    // such as one of booleans on x86.
    CodeExtractor extractor(blocks, /*DT=*/nullptr, /*AggregateArgs=*/true, /*BFI=*/nullptr,
                            /*BPI=*/nullptr, /*AC=*/nullptr, /*AllowVarArgs=*/false,
                            /*AllowAlloca=*/true, /*AllocationBlock=*/nullptr,
                            "part" + std::to_string(number));
    Function *part = extractor.isEligible() ? extractor.extractCodeRegion(cache) : nullptr;
    if (part)
      part->addFnAttr(Attribute::NoInline);
  }
}

/// Whether tiles of AMX are computed here. They cannot be handed from one part to the next: they
/// have no form in memory that LLVM could store.
bool hasTiles(const Function &function) {
  return llvm::any_of(instructions(function), [](const Instruction &instruction) {
    return instruction.getType()->isX86_AMXTy();
  });
}

} // namespace

PreservedAnalyses tw::codegen::SplitEntryPointsPass::run(Module &module, ModuleAnalysisManager &) {
  bool changed = false;
  for (StringRef name : {"tw_main", "tw_init"}) {
    Function *function = module.getFunction(name);
    if (!function || function->isDeclaration() ||
        function->getInstructionCount() <= 4 * kPartLength || hasTiles(*function))
      continue;
    split(*function);
    changed = true;
  }
  return changed ? PreservedAnalyses::none() : PreservedAnalyses::all();
}
