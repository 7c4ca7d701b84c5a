import { describeWholeWay } from './whole-way.suite';

describeWholeWay('separate');
